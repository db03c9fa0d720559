/** Owns the preview of HTML: in a frame that is a stranger here, its scripts only when asked for. */
import * as React from 'react';

import { Button } from '../../components/feedback';
import { useTrans } from '../../components/hooks';
import { readHead, useLoaded, type IPreviewSource } from './source';
import { Loading } from './states';

const POLICY = [
  "default-src 'none'",
  'img-src data: blob:',
  'font-src data:',
  "style-src 'unsafe-inline'"
];

/** What scripts of a page may do: run, and load nothing. */
const SCRIPTS = "script-src 'unsafe-inline' 'unsafe-eval' blob:; worker-src blob:";

export default function PagePreview(props: IPreviewSource): React.JSX.Element {
  const loaded = useLoaded(signal => readHead(props, signal, props.file.size));
  return (
    <Loading loaded={loaded}>{({ text }) => <Page text={text} path={props.file.path} />}</Loading>
  );
}

function Page({ text, path }: { text: string; path: string }): React.JSX.Element {
  const trans = useTrans();
  const [hasScripts, setHasScripts] = React.useState(false);
  const document = React.useMemo(() => guarded(text, hasScripts), [text, hasScripts]);
  return (
    <>
      <div className="jp-MlopsLab-tools">
        <Button
          className="jp-mod-small"
          pressed={hasScripts}
          title={trans.__('They run apart from JupyterLab and cannot reach it')}
          onClick={() => setHasScripts(!hasScripts)}
        >
          {trans.__('Run its scripts')}
        </Button>
        <span className="jp-MlopsLab-note">
          {trans.__('Shown apart from JupyterLab; it loads nothing from the network.')}
        </span>
      </div>
      <iframe
        key={String(hasScripts)}
        className="jp-MlopsLab-preview-page"
        sandbox={hasScripts ? 'allow-scripts' : ''}
        referrerPolicy="no-referrer"
        srcDoc={document}
        title={trans.__('Content of %1', path)}
      />
    </>
  );
}

/** The page with a policy in front, which nothing in the page can take back. */
export function guarded(text: string, hasScripts: boolean): string {
  const policy = [...POLICY, ...(hasScripts ? [SCRIPTS] : [])].join('; ');
  return `<!doctype html><meta http-equiv="Content-Security-Policy" content="${policy}">${text}`;
}

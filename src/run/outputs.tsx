/** Owns the outputs of a run as they were captured, and what was left out of them. */
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import * as React from 'react';

import type { Outputs } from '../api/types';
import { formatBytes } from '../components/format';
import { useTrans } from '../components/hooks';
import { OneOutput } from '../components/output';

export function RunOutputs(props: {
  outputs: Outputs;
  rendermime: IRenderMimeRegistry | null;
}): React.JSX.Element {
  const trans = useTrans();
  const { outputs, limit_bytes: limit, dropped } = props.outputs;
  const cut = outputs.reduce((sum, output) => sum + output.cut_bytes, 0);
  return (
    <>
      {outputs.map((output, index) => (
        <OneOutput key={index} output={output} rendermime={props.rendermime} />
      ))}
      {(cut > 0 || dropped > 0) && (
        <p className="jp-MlopsLab-note">
          {[
            cut > 0 && trans.__('%1 were cut.', formatBytes(cut)),
            dropped > 0 &&
              trans._n(
                '%1 more output was left out.',
                '%1 more outputs were left out.',
                dropped,
                dropped
              ),
            trans.__('At most %1 of outputs are kept of a run.', formatBytes(limit))
          ]
            .filter(Boolean)
            .join(' ')}
        </p>
      )}
    </>
  );
}

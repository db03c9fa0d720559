/** Owns what the charts over runs show when there is nothing to draw: waiting, and why there is nothing. */
import * as React from 'react';

import { CopyButton } from '../../components/copy';
import { useTrans } from '../../components/hooks';

/** Places of the size of the charts that are to come. */
export function WaitingCharts({ count }: { count: number }): React.JSX.Element {
  const trans = useTrans();
  return (
    <div className="jp-MlopsLab-charts" role="status" aria-label={trans.__('Loading charts')}>
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className="jp-MlopsLab-chart-plot" aria-hidden="true">
          <div className="jp-MlopsLab-chart-wait" />
        </div>
      ))}
    </div>
  );
}

/** The place of a chart whose points are on their way. */
export function WaitingChart({ title }: { title: string }): React.JSX.Element {
  const trans = useTrans();
  return (
    <div role="status" aria-label={trans.__('Loading %1', title)}>
      <div className="jp-MlopsLab-chart-title">{title}</div>
      <div className="jp-MlopsLab-chart-plot" aria-hidden="true">
        <div className="jp-MlopsLab-chart-wait" />
      </div>
    </div>
  );
}

/** Why there is no chart, and what would make one. */
export function EmptyChart(props: {
  title: string;
  text: string;
  code?: string;
}): React.JSX.Element {
  const trans = useTrans();
  const { title, text, code } = props;
  return (
    <div className="jp-MlopsLab-empty">
      <h3>{title}</h3>
      <p>{text}</p>
      {code && (
        <>
          <pre className="jp-MlopsLab-code" tabIndex={0}>
            {code}
          </pre>
          <CopyButton text={code}>{trans.__('Copy')}</CopyButton>
        </>
      )}
    </div>
  );
}

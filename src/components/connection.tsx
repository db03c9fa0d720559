/** Owns the line that says that the connection to the server is lost. */
import * as React from 'react';

import { Button } from './feedback';
import { useChanges, useTrans } from './hooks';

/** Whether the server answers, as far as is known. */
export function useConnected(): boolean {
  const changes = useChanges();
  const subscribe = React.useCallback(
    (redraw: () => void) => {
      changes?.connectionChanged.connect(redraw);
      return () => {
        changes?.connectionChanged.disconnect(redraw);
      };
    },
    [changes]
  );
  return React.useSyncExternalStore(subscribe, () => changes?.isConnected ?? true);
}

/**
 * Says that the connection is lost, as long as it is. The place for it is there before, so that
 * screen readers tell of it.
 */
export function ConnectionLine(): React.JSX.Element {
  const trans = useTrans();
  const changes = useChanges();
  const isConnected = useConnected();
  return (
    <div className="jp-MlopsLab-connection" role="status">
      {!isConnected && (
        <>
          <span>{trans.__('Connection lost. Trying again…')}</span>
          <Button className="jp-mod-small" onClick={() => void changes?.check()}>
            {trans.__('Try now')}
          </Button>
        </>
      )}
    </div>
  );
}

import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import * as React from 'react';
import { describe, expect, it } from 'vitest';

import { draw } from '../../__tests__/screen';
import { RunOutputs } from '../outputs';

/** A registry that draws nothing, as one without the extension that the output needs. */
const nothing = { preferredMimeType: () => undefined } as unknown as IRenderMimeRegistry;

describe('RunOutputs', () => {
  it('says which outputs no extension draws, rather than leaving a gap', async () => {
    const output = {
      kind: 'display' as const,
      name: '',
      data: { 'application/vnd.plotly.v1+json': { data: [] } },
      cut_bytes: 0
    };
    const node = await draw(
      <RunOutputs
        outputs={{ outputs: [output], limit_bytes: 1000, dropped: 0 }}
        rendermime={nothing}
      />
    );
    expect(node.textContent).toBe(
      'No extension of this JupyterLab draws application/vnd.plotly.v1+json.'
    );
  });
});

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { LabIcon } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { ViewOpener } from '../openView';

const title = {
  icon: new LabIcon({ name: 'test:icon', svgstr: '<svg></svg>' }),
  label: 'label',
  caption: 'caption'
};

let activated: string[];
let app: { name: string; shell: object };
let areas: string[];
let made: number;
let views: ViewOpener<Widget>;

const make = (): Promise<Widget> => {
  made += 1;
  return Promise.resolve(new Widget());
};

beforeEach(() => {
  activated = [];
  areas = [];
  made = 0;
  const shell = {
    add: (widget: Widget, area: string) => {
      areas.push(area);
      onTestFinished(() => widget.dispose());
      Widget.attach(widget, document.body);
    },
    activateById: (id: string) => activated.push(id)
  };
  app = { name: 'JupyterLab', shell };
  const namespace = 'test';
  views = new ViewOpener({ app: app as unknown as JupyterFrontEnd, namespace, type: 'Test' });
});

describe('ViewOpener', () => {
  it('makes a view once, however often and fast it is asked for', async () => {
    const [first, second] = await Promise.all([
      views.open('a', title, make),
      views.open('a', title, make)
    ]);
    expect(first).toBe(second);
    expect(await views.open('a', title, make)).toBe(first);
    expect(made).toBe(1);
    expect(activated).toEqual(['a', 'a', 'a']);
    expect(first.title.label).toBe('label');
    expect(first.title.closable).toBe(true);
    expect(first.toolbar.isHidden).toBe(true);
  });

  it('puts views into the main area, and beside the document where there is room for one', async () => {
    await views.open('a', title, make);
    app.name = 'Jupyter Notebook';
    await views.open('b', title, make);
    expect(areas).toEqual(['main', 'right']);
  });

  it('makes a view again after it was closed', async () => {
    const first = await views.open('a', title, make);
    first.dispose();
    await views.open('a', title, make);
    expect(made).toBe(2);
  });

  it('tries again after a view could not be made', async () => {
    await expect(views.open('a', title, () => Promise.reject(new Error('no')))).rejects.toThrow(
      'no'
    );
    await views.open('a', title, make);
    expect(made).toBe(1);
  });
});

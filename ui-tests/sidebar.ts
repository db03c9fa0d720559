/** Owns how the journey uses the sidebar of runs. */
import { expect, type IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

export class Sidebar {
  constructor(private readonly _page: IJupyterLabPageFixture) {}

  get panel(): Locator {
    return this._page.locator('#mlops-lab-runs');
  }

  get rows(): Locator {
    return this.panel.getByRole('treeitem');
  }

  /** The rows whose run has this status, such as `Finished`. */
  withStatus(status: string): Locator {
    return this.rows.filter({ has: this._page.locator(`svg[aria-label="${status}"]`) });
  }

  button(name: string | RegExp): Locator {
    return this.panel.getByRole('button', { name });
  }

  async open(width: number): Promise<void> {
    await this._page.sidebar.openTab('mlops-lab-runs');
    await this._page.sidebar.setWidth(width, 'left');
    await expect(this.panel).toBeVisible();
  }

  async filter(text: string): Promise<void> {
    await this.panel.getByRole('combobox', { name: 'Filter runs' }).fill(text);
  }

  /** Whether all of the panel can be seen without scrolling sideways. */
  async fits(): Promise<boolean> {
    return this.panel.evaluate(node => {
      const all = [node, ...node.querySelectorAll('*')];
      const right = node.getBoundingClientRect().right + 1;
      return (
        node.scrollWidth <= node.clientWidth &&
        all.every(item => item.getBoundingClientRect().right <= right)
      );
    });
  }
}

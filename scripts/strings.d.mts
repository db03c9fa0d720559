export interface IFound {
  context: string | null;
  id: string;
  plural: string | null;
  place: string;
}

export function findStrings(root: string): IFound[];

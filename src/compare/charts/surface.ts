/** Owns a surface over two params: what lies between runs, and gaps where no run is near; pure. */

/** Places of the grid along each axis. */
const GRID = 44;

/** Farther than this share of the chart from any run, nothing is known. */
const REACH = 0.16;

export interface IPoint3 {
  x: number;
  y: number;
  z: number;
}

export interface ISurface {
  x: number[];
  y: number[];
  /** Rows along y; null where no run is near. */
  z: (number | null)[][];
}

/** The surface through the points, nearer ones counting more. */
export function surfaceOf(
  points: readonly IPoint3[],
  logs: { isLogX: boolean; isLogY: boolean }
): ISurface {
  const x = scaleOf(
    points.map(point => point.x),
    logs.isLogX
  );
  const y = scaleOf(
    points.map(point => point.y),
    logs.isLogY
  );
  const placed = points.map(point => ({ x: x.place(point.x), y: y.place(point.y), z: point.z }));
  const steps = Array.from({ length: GRID }, (_, index) => index / (GRID - 1));
  return {
    x: steps.map(x.value),
    y: steps.map(y.value),
    z: steps.map(up => steps.map(across => valueAt(placed, across, up)))
  };
}

function valueAt(points: readonly IPoint3[], across: number, up: number): number | null {
  let sum = 0;
  let weights = 0;
  let nearest = Infinity;
  for (const { x, y, z } of points) {
    const distance = Math.hypot(x - across, y - up);
    nearest = Math.min(nearest, distance);
    const weight = 1 / (distance ** 3 + 1e-6);
    sum += weight * z;
    weights += weight;
  }
  return nearest <= REACH ? sum / weights : null;
}

/** From values to places between 0 and 1, and back. */
function scaleOf(
  values: readonly number[],
  isLog: boolean
): { place: (value: number) => number; value: (place: number) => number } {
  const to = isLog ? Math.log10 : (value: number) => value;
  const low = to(Math.min(...values));
  const width = to(Math.max(...values)) - low || 1;
  return {
    place: value => (to(value) - low) / width,
    value: place => (isLog ? 10 ** (low + place * width) : low + place * width)
  };
}

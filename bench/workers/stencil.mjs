/* The DAG of stencil_1d. */

export const WIDTH = 16;
export const STEPS = 32;

/** [{name, dependsOn}], dependencies first. */
export const stencil = () =>
  Array.from({ length: WIDTH * STEPS }, (_, place) => {
    const step = Math.floor(place / WIDTH);
    const column = place % WIDTH;
    return {
      name: nameOf(step, column),
      dependsOn: step === 0 ? [] : neighbours(column).map((other) => nameOf(step - 1, other)),
    };
  });

const nameOf = (step, column) => `t${step}_${column}`;
const neighbours = (column) => [column - 1, column, column + 1].filter((other) => other >= 0 && other < WIDTH);

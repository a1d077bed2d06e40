/** Arrays that choosing a node works in. One set serves a whole batch: pods are placed one by one. */
export interface Scratch {
  /** Slots of the nodes that no filter refuses. */
  readonly candidates: Int32Array;
  /** By position among the candidates: the summed scores, and the raw score of a plugin. */
  readonly totals: Float64Array;
  readonly raw: Float64Array;
}

export function newScratch(size: number): Scratch {
  return {
    candidates: new Int32Array(size),
    totals: new Float64Array(size),
    raw: new Float64Array(size),
  };
}

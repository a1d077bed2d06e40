/** What one evaluation may cost at most, in upstream's abstract units (apiserver `PerCallLimit`). */
export const PER_CALL_COST_LIMIT = 1_000_000;

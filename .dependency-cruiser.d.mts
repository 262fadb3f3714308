export const layers: string[][];

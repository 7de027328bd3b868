/**
 * Brings the value that would be at a place were a stretch sorted to that place, smaller ones before it, larger ones after it
 * (Hoare's selection).
 */
export function select(values: Float32Array, place: number, from = 0, to = values.length - 1): number {
  let low = from;
  let high = to;
  while (low < high) {
    const pivot = values[place];
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (pivot < values[j]) j--;
      if (i <= j) {
        const other = values[i];
        values[i++] = values[j];
        values[j--] = other;
      }
    }
    if (j < place) low = i;
    if (place < i) high = j;
  }
  return values[place];
}

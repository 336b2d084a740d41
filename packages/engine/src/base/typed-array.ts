/** The arrays that state is kept in: what a column can be over and what a snapshot can hold. */
export type TypedArray = Uint8Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

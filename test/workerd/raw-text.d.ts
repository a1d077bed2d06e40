/** Files as text: tests inside workerd have no types of a file system. */
declare module '*?raw' {
  const text: string;
  export default text;
}

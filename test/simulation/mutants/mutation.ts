/** One thing done wrong in the code under shared/. */
export interface Mutation {
  name: string;
  /** Under shared/. */
  file: string;
  /** Occurs once. */
  from: string;
  to: string;
}

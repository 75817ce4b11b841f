/** The process cannot start, and whoever starts it can mend that: told plainly, without a stack. */
export class StartError extends Error {}

import { config } from 'zod';

// Compiled schemas need `eval`, which the page's policy refuses. A schema decides when it is made, so this comes before all others.
config({ jitless: true });

/** Details of an event, each as `name: value`; an empty list says nothing. */
export const detailTexts = (details: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(details).flatMap(([name, value]) => {
    if (Array.isArray(value)) return value.length === 0 ? [] : [`${name}: ${value.join(', ')}`];
    return [`${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}`];
  });

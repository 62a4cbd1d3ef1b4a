/** A number of bytes, a rate or a length of time for people, with the decimal point of their language. */
export const formats = (language: string) => {
  const number = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const bytes = (count: number): string => {
    const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, count)) / 3)));
    return `${number.format(count / 1000 ** power)} ${units[power]}`;
  };
  const duration = (seconds: number): string => {
    const whole = Math.ceil(seconds);
    if (whole < 60) return `${whole} s`;
    if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
    return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
  };
  return { bytes, duration, rate: (bytesPerSecond: number) => `${bytes(bytesPerSecond)}/s` };
};

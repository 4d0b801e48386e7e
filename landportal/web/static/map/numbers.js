// Numbers on the map as the reader's language writes them.

const NBSP = '\u00a0';

export function numbersFor(lang) {
  const locale = lang === 'de' ? 'de-DE' : 'en-GB';
  const formats = [0, 1, 2].map(
    (digits) => new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  );
  const plain = new Intl.NumberFormat(locale, { useGrouping: false, maximumFractionDigits: 10 });
  return {
    /** A number of somebody else's data: it may be a key, so nothing parts its thousands. */
    plain: (value) => plain.format(value),
    whole: (value) => formats[0].format(value),
    /** Hectares of a cell or an area: whole from 10 on, one decimal below. */
    hectares: (value) => `${formats[value < 9.95 ? 1 : 0].format(value)}${NBSP}ha`,
    hectaresOneDecimal: (value) => `${formats[1].format(value)}${NBSP}ha`,
    parcelHectares: (value) => `${formats[2].format(value)}${NBSP}ha`,
    /** A class limit: 0.5 stays 0.5. */
    limit: (value) => formats[Number.isInteger(value) ? 0 : 1].format(value),
    price: (value) => {
      const figure = formats[2].format(value);
      return lang === 'de' ? `${figure}${NBSP}€/m²` : `€${figure}/m²`;
    },
  };
}

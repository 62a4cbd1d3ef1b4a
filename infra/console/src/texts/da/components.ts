import type { I18nProviderProps } from '@cloudscape-design/components/i18n';

/** A text with `{name}` for what changes, as the provider takes it: without a parser for it in the page. */
const text = (template: string) =>
  template.split(/\{(\w+)\}/).flatMap((value, index) => (value === '' ? [] : [{ type: index % 2, value }]));

const texts: Record<string, Record<string, string>> = {
  '[charts]': {
    loadingText: 'Diagrammet indlæses',
    errorText: 'Dataene kunne ikke hentes. Prøv igen senere.',
    recoveryText: 'Prøv igen',
    'i18nStrings.filterLabel': 'Filtrér de viste data',
    'i18nStrings.filterPlaceholder': 'Filtrér data',
    'i18nStrings.legendAriaLabel': 'Signaturforklaring',
    'i18nStrings.chartAriaRoleDescription': 'Diagram',
    'i18nStrings.xAxisAriaRoleDescription': 'x-akse',
    'i18nStrings.yAxisAriaRoleDescription': 'y-akse',
  },
  alert: {
    dismissAriaLabel: 'Luk beskeden',
    'i18nStrings.successIconAriaLabel': 'Lykkedes',
    'i18nStrings.errorIconAriaLabel': 'Fejl',
    'i18nStrings.warningIconAriaLabel': 'Advarsel',
    'i18nStrings.infoIconAriaLabel': 'Oplysning',
    'i18nStrings.dismissAriaLabel': 'Luk beskeden',
  },
  button: { 'i18nStrings.externalIconAriaLabel': 'Åbner i en ny fane' },
  'button-dropdown': {
    filteringResultsText: '{matchesCount} af {totalCount}',
    noMatch: 'Ingen handlinger passer',
    'i18nStrings.filteringItemAriaDescription': 'Skriv videre for at filtrere.',
  },
  'copy-to-clipboard': { 'i18nStrings.copyButtonText': 'Kopiér' },
  'error-boundary': {
    'i18nStrings.headerText': 'Uventet fejl: indholdet kunne ikke vises',
    'i18nStrings.descriptionText': 'Genindlæs for at prøve igen.',
    'i18nStrings.refreshActionText': 'Genindlæs siden',
  },
  form: { errorIconAriaLabel: 'Fejl' },
  'form-field': {
    'i18nStrings.errorIconAriaLabel': 'Fejl',
    'i18nStrings.warningIconAriaLabel': 'Advarsel',
  },
  input: { clearAriaLabel: 'Ryd' },
  link: { externalIconAriaLabel: 'Åbner i en ny fane' },
  modal: { closeAriaLabel: 'Luk dialogen' },
  multiselect: { deselectAriaLabel: 'Fjern {option__label}', 'i18nStrings.selectAllText': 'Vælg alle' },
  pagination: {
    'ariaLabels.nextPageLabel': 'Næste side',
    'ariaLabels.pageLabel': 'Side {pageNumber}',
    'ariaLabels.previousPageLabel': 'Forrige side',
    'ariaLabels.jumpToPageButtonLabel': 'Gå til side',
    'i18nStrings.jumpToPageInputLabel': 'Side',
    'i18nStrings.jumpToPageError': 'Der er ingen sådan side. Den sidste side vises.',
    'i18nStrings.jumpToPageLoadingText': 'Indlæser',
    'i18nStrings.pagesCompactText': '{currentPage} af {pagesCount}',
  },
  popover: { dismissAriaLabel: 'Luk' },
  select: { errorIconAriaLabel: 'Fejl', selectedAriaLabel: 'Valgt', recoveryText: 'Prøv igen' },
  table: {
    'ariaLabels.resizerRoleDescription': 'knap til kolonnebredde',
    'ariaLabels.submittingEditText': 'Gemmer',
    'ariaLabels.successfulEditLabel': 'Gemt',
    'ariaLabels.expandButtonLabel': 'Fold ud',
    'ariaLabels.collapseButtonLabel': 'Fold sammen',
    'columnDefinitions.editConfig.errorIconAriaLabel': 'Fejl',
    'columnDefinitions.editConfig.editIconAriaLabel': 'kan rettes',
    'i18nStrings.sortDropdownSortAscending': 'Sortér stigende',
    'i18nStrings.sortDropdownSortDescending': 'Sortér faldende',
    'i18nStrings.sortDropdownMultiColumnSortGroup': 'Sortér efter flere kolonner (Shift og klik)',
    'i18nStrings.sortDropdownAddToSortAscending': 'Føj til sorteringen (stigende)',
    'i18nStrings.sortDropdownAddToSortDescending': 'Føj til sorteringen (faldende)',
    'i18nStrings.sortDropdownRemoveFromSort': 'Fjern fra sorteringen',
    'i18nStrings.sortDropdownAddToSortDisabledReason': 'Kolonnen er allerede sorteret',
    'i18nStrings.sortDropdownRemoveFromSortDisabledReason': 'Kolonnen er ikke sorteret',
    'i18nStrings.clearSort': 'Fjern sorteringen',
    'ariaLabels.sortAscending': 'stigende',
    'ariaLabels.sortDescending': 'faldende',
    'ariaLabels.liveAnnouncementSortOrder': 'Tabellen er sorteret efter {columns}',
    'ariaLabels.liveAnnouncementSortCleared': 'Sorteringen er fjernet',
    'ariaLabels.sortPriority': 'sorteringens prioritet {priority}',
    'ariaLabels.sortMenuTriggerLabel': 'Sortering',
  },
  'token-group': {
    'i18nStrings.limitShowFewer': 'Vis færre',
    'i18nStrings.limitShowMore': 'Vis flere',
  },
  'top-navigation': {
    'i18nStrings.searchIconAriaLabel': 'Søg',
    'i18nStrings.searchDismissIconAriaLabel': 'Luk søgningen',
    'i18nStrings.overflowMenuTriggerText': 'Mere',
    'i18nStrings.overflowMenuDismissIconAriaLabel': 'Luk menuen',
    'i18nStrings.overflowMenuBackIconAriaLabel': 'Tilbage',
    'i18nStrings.overflowMenuTitleText': 'Alle',
  },
};

const formatted = Object.entries(texts).map(([component, own]) => [
  component,
  Object.fromEntries(Object.entries(own).map(([name, template]) => [name, text(template)])),
]);

/** Texts inside of Cloudscape's components, which has none in Danish: of the components that the console uses. */
export const components: I18nProviderProps.Messages = {
  'cloudscape-design-components': { da: Object.fromEntries(formatted) },
};

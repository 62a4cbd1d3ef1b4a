/** Texts inside of Cloudscape's components. */
export { default as components } from '@cloudscape-design/components/i18n/messages/all.en';

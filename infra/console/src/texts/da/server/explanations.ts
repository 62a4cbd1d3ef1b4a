/** Requests of DST, reasons why messages wait, problems of the gateway, and findings of incidents. */
export const explanations = {
  'DST wants project {} to be made here.': 'DST vil have projekt {} oprettet her.',
  'DST wants project {} to be removed, with its accesses, files and results.':
    'DST vil have projekt {} fjernet med adgange, filer og resultater.',
  'DST wants access {} to project {}, and its login name and one-time password.':
    'DST vil have adgang {} til projekt {} samt dens loginnavn og engangskode.',
  'DST wants access {} to be removed.': 'DST vil have adgang {} fjernet.',
  'DST wants access {} to be blocked at once.': 'DST vil have adgang {} lukket med det samme.',
  'DST wants access {} to be let in again.': 'DST vil have adgang {} åbnet igen.',
  'DST wants a new one-time password for access {}.': 'DST vil have en ny engangskode til adgang {}.',
  'DST wants 1 file to be fetched for project {}, delivery {}.':
    'DST vil have 1 fil hentet til projekt {}, leverance {}.',
  'DST wants 1 file to be fetched for project {}.': 'DST vil have 1 fil hentet til projekt {}.',
  'DST wants {} files to be fetched for project {}, delivery {}.':
    'DST vil have {} filer hentet til projekt {}, leverance {}.',
  'DST wants {} files to be fetched for project {}.': 'DST vil have {} filer hentet til projekt {}.',
  'DST wants file {} to be removed.': 'DST vil have fil {} fjernet.',
  'DST wants file {} to be sent back to it.': 'DST vil have fil {} sendt tilbage.',
  'It has no effect yet.': 'Den har endnu ingen virkning.',
  'Its effect is under way, in batches that may be repeated.': 'Virkningen er i gang i portioner, der kan gentages.',
  'It is in effect; DST does not have the login name or password yet.':
    'Den er trådt i kraft; DST har endnu ikke loginnavn eller adgangskode.',
  'It is in effect; jobs and workspaces of the person are being removed, for which no message waits.':
    'Den er trådt i kraft; personens job og arbejdsområder bliver fjernet, hvad ingen meddelelse venter på.',
  'It is in effect; its files are under way.': 'Den er trådt i kraft; dens filer er på vej.',
  'All that it asked for is done; DST does not agree yet that it is processed.':
    'Alt, hvad den bad om, er gjort; DST har endnu ikke kvitteret.',
  'It needs a person.': 'Den kræver en person.',
  'A deletion made it moot; DST does not agree yet that it is processed.':
    'En sletning gjorde den overflødig; DST har endnu ikke kvitteret.',
  'A person decided that it is not done; DST does not agree yet that it is processed.':
    'En person har afvist den; DST har endnu ikke kvitteret.',
  'DST agreed that it is processed: nothing is left to do.': 'DST har kvitteret: der er ikke mere at gøre.',
  '1 more incident is open.': '1 hændelse mere er åben.',
  '{} more incidents are open.': '{} hændelser mere er åbne.',
  'A function is at work on it now.': 'En funktion arbejder på den nu.',
  'The gateway is paused: no new work begins.': 'Gatewayen er på pause: intet nyt begynder.',
  '1 of its files is not stored yet.': '1 af dens filer er endnu ikke gemt.',
  '{} of its files are not stored yet.': '{} af dens filer er endnu ikke gemt.',
  'DST refused once to have it marked.': 'DST har afvist kvitteringen én gang.',
  'DST refused {} times to have it marked.': 'DST har afvist kvitteringen {} gange.',
  'DST lists another message under its id, so it is not marked.':
    'DST har en anden meddelelse under samme id, så der kvitteres ikke.',
  'Last error: {}': 'Seneste fejl: {}',
  'It waits for {} {}, which is {state}, before it in its line, and for {} more.':
    'Den venter på {} {} ({state}), som står før den i køen, og på {} til.',
  'It waits for {} {}, which is {state}, before it in its line.':
    'Den venter på {} {} ({state}), som står før den i køen.',
  'It waits for {} {}, which is {state}, in line {}, and for {} more.':
    'Den venter på {} {} ({state}) i køen {} og på {} til.',
  'It waits for {} {}, which is {state}, in line {}.': 'Den venter på {} {} ({state}) i køen {}.',
  '{}: expected {}; found {}.': '{}: forventet {}; fundet {}.',
  'It is its turn; it is put to work again in {}.': 'Det er dens tur; den forsøges igen om {}.',
  'It is its turn: the next poll puts it to work.': 'Det er dens tur: den næste hentning sætter den i gang.',
  'the portal: it refuses the API key; no complete list came yet':
    'portalen: den afviser API-nøglen; der er endnu ikke kommet en hel liste',
  'the portal: it refuses the API key; the last complete list came {} ago':
    'portalen: den afviser API-nøglen; den sidste hele liste kom for {} siden',
  'the portal: it gives polls no list; no complete list came yet':
    'portalen: den giver ingen liste; der er endnu ikke kommet en hel liste',
  'the portal: it gives polls no list; the last complete list came {} ago':
    'portalen: den giver ingen liste; den sidste hele liste kom for {} siden',
  'the portal: its lists are not complete; no complete list came yet':
    'portalen: dens lister er ikke hele; der er endnu ikke kommet en hel liste',
  'the portal: its lists are not complete; the last complete list came {} ago':
    'portalen: dens lister er ikke hele; den sidste hele liste kom for {} siden',
  'the portal: {}; no complete list came yet': 'portalen: {}; der er endnu ikke kommet en hel liste',
  'the portal: {}; the last complete list came {} ago': 'portalen: {}; den sidste hele liste kom for {} siden',
  '{} {} came {} ago and is {state}': '{} {} kom for {} siden og er {state}',
  'the last poll that went well was {} ago': 'den sidste vellykkede hentning var for {} siden',
  'this machine: {}: {} ({} ago)': 'denne maskine: {}: {} (for {} siden)',
  'paused by {}: {}': 'sat på pause af {}: {}',
  '1 dead letter of {}': '1 fejlet kømeddelelse i {}',
  '{} dead letters of {}': '{} fejlede kømeddelelser i {}',
  '1 open incident: {}': '1 åben hændelse: {}',
  '{} open incidents: {}': '{} åbne hændelser: {}',
  'no poll has gone well yet': 'ingen hentning er lykkedes endnu',
  'a person approves of {}': 'en person godkender {}',
  'nobody has yet': 'det har ingen gjort endnu',
  'a known type': 'en kendt type',
  'a readable message': 'en læsbar meddelelse',
  'a message with an id': 'en meddelelse med et id',
  'messageType: must be one of the ten message types': 'messageType: skal være en af de ti meddelelsestyper',
  'it does not exist': 'det findes ikke',
  'the file is returned': 'filen er returneret',
  'the file is returned before it is deleted': 'filen returneres, før den slettes',
  'the result is sent to DST': 'resultatet sendes til DST',
  'done within {} attempts': 'gjort inden for {} forsøg',
  'every attempt ended without a result': 'alle forsøg endte uden resultat',
};

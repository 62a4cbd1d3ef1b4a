/** Decisions: effect, outcome, and the reason for a refusal. */
export const decisions = {
  'The incident will need no person any more; nothing else will change.':
    'Hændelsen kræver ikke længere en person; intet andet ændres.',
  'No delivery ends with it: none is held because of this incident.':
    'Ingen leverance slutter med det: ingen er holdt tilbage på grund af denne hændelse.',
  'The incident is dismissed.': 'Hændelsen er afvist.',
  '{} {} will be dismissed: the gateway reports it to DST as processed, and its line continues.':
    '{} {} afvises: gatewayen kvitterer for den over for DST, og dens kø fortsætter.',
  'Failed files that will be given up: {}; stored files that will stay: {}.':
    'Mislykkede filer, der opgives: {}; gemte filer, der bliver: {}.',
  '{} {} is dismissed.': '{} {} er afvist.',
  '{} {} is half done: it can only be retried': '{} {} er halvt gennemført: den kan kun prøves igen',
  '{} {} will go on from where it was held ({state}), with all its attempts.':
    '{} {} fortsætter, hvor den blev holdt ({state}), med alle sine forsøg.',
  '{} {} goes on from where it was held ({state}).': '{} {} fortsætter, hvor den blev holdt ({state}).',
  "Message {} can't be read or is of an unknown type: no retry can help":
    'Meddelelse {} kan ikke læses eller er af en ukendt type: det hjælper ikke at prøve igen',
  "Message {} waits for a person's word: approve or dismiss it":
    'Meddelelse {} venter på en person: godkend eller afvis den',
  'Message {} is {state}, not held: there is nothing to try again':
    'Meddelelse {} venter ikke på en person ({state}): der er intet at prøve igen',
  'Message {} is {state}: it is in no queue': 'Meddelelse {} står ikke i kø ({state})',
  'Message {} is {state}; it does not wait for approval': 'Meddelelse {} venter ikke på godkendelse ({state})',
  '{} {} will be carried out.': '{} {} bliver udført.',
  '{} {} is approved: it will be carried out when its turn has come.':
    '{} {} er godkendt: den udføres, når det er dens tur.',
  '{} {} will be due at once, with all its attempts: the next poll queues it when its turn has come.':
    '{} {} skal behandles med det samme med alle sine forsøg: den næste hentning sætter den i kø, når det er dens tur.',
  '{} {} is due now.': '{} {} skal behandles nu.',
  'Incident {} occurred {} times more: look again': 'Hændelse {} er sket {} gange mere: se på den igen',
  'The gateway will poll no more and begin no new work. What is running will finish.':
    'Gatewayen henter ikke mere og begynder intet nyt. Det, der er i gang, bliver færdigt.',
  'The gateway is paused.': 'Gatewayen er på pause.',
  'The gateway will poll again, and go on with all that is due.':
    'Gatewayen henter igen og fortsætter med alt, der skal gøres.',
  'The pause is over.': 'Pausen er slut.',
  'File {} will be fetched from DST again, with all attempts. Its object in S3 stays as it is until the right one takes its place.':
    'Fil {} hentes fra DST igen med alle forsøg. Dens objekt i S3 bliver, som det er, indtil det rigtige tager dets plads.',
  'Return {} will go on when the file is stored.': 'Returnering {} fortsætter, når filen er gemt.',
  'File {} is being deleted': 'Fil {} er ved at blive slettet',
  'File {} is being fetched already': 'Fil {} er allerede ved at blive hentet',
  'File {} waits for a transfer.': 'Fil {} venter på overførsel.',
  'Result {} will be sent again, with all its attempts.': 'Resultat {} sendes igen med alle sine forsøg.',
  'Result {} waits for a transfer again.': 'Resultat {} venter igen på overførsel.',
  'There is no message {}': 'Der er ingen meddelelse {}',
  'There is no file {}': 'Der er ingen fil {}',
};

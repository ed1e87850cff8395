/** For what comes when it is asked for: its French words come with it. */
import words from "../../../i18n/fr-later.js";
import { learn } from "./i18n.js";

learn(words);

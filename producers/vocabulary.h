/* vocabulary - the words that fields of an event may hold, as files write them:
 * ours (fund/words.def), Chinese, and the codes of the national platform. */
#pragma once

enum word_set {
    WORDS_KIND,
    WORDS_CATEGORY,
    WORDS_STAGE,
    WORDS_STATUS,
    WORDS_GROUP,
    WORDS_MEASURE,
};

/* The number of a word, 0 for one that is not known. */
unsigned vocabulary_number(enum word_set set, const char *word);

/* The category of a med_type: 2 digits as DOMAIN 7 lists them; 0 for another. */
unsigned vocabulary_med_type(const char *code);

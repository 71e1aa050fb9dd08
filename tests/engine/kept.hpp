// Histories that once broke a promise.
#pragma once

#include "sequence.hpp"

namespace crosswatch::test {

inline std::vector<Numbers> kept_sequences() {
  return {
      // Taken back after a run that died between a write and its record.
      {8, 0, 0, 0, 0, 0, 0, 786041473041, 0, 0, 181647417173, 833409124041},
      // Taken back right after it was added.
      {132, 0, 0, 0, 599839807261, 871087, 0, 299886047701},
      // A title leaves a library that answers no questions.
      {908, 0, 0, 11749294081, 0, 0, 0, 986419864601, 0, 0, 0, 0, 847, 16159784756},
      // A ring in which one user takes back what only one pair has passed on.
      {2092, 0, 0, 0, 29495104421, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1173930, 0, 0, 0, 1075201277021},
      // A ring in which two positions of one film meet.
      {1999, 0, 0, 1032, 760843932641, 529324762550, 375774423841},
      // A user sets back what a sync has just overwritten.
      {1407, 0, 680936443201, 207401781, 0, 0, 7584753687, 964585968721},
      // A user adds by hand where a write got lost.
      {68, 0, 0, 0, 36726429601, 427864337911, 782297008021, 1206712847, 676607197101},
      // Conflicts that nobody decides, listed in another order.
      {312519, 0, 234, 920881, 26811040421, 89327881, 1026924603161, 444363260594},
      // Two users rate the same title within a minute of a write.
      {1069, 0, 0, 961974822040, 4227, 109150964540},
      // A title comes to a library, and the pair tries it again when everything else is at rest.
      {0, 0, 3, 0, 4988524956, 715175821321, 2767, 330651861475, 367, 449490392719, 1023298059037},
      // A play on a server that once dated our mark itself.
      {161660720182, 0, 0, 39936, 55223462701, 0, 110539186219, 534230102681},
  };
}

}  // namespace crosswatch::test

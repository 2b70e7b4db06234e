#pragma once

// What is offered to idle threads, in turns. Not thread-safe: the pool's mutex guards it.

#include <cstddef>
#include <list>

#include "base/helpers.h"
#include "base/metrics.h"

namespace octavo::io {

inline constexpr MetricRow kHelpSteps{"octavo_query_help_steps_total",
                                      "Steps of running queries that idle worker threads did."};

class HelpOffers {
 public:
  struct Offer {
    Help* help;
    bool ready = true;         // it may have something to do
    bool withdrawn = false;    // no further step begins
    std::size_t inside = 0;    // threads in a step of it
    std::size_t awakened = 0;  // how often it was said to be ready
  };

  void add(Help& help) { offers_.push_back({.help = &help}); }
  // Null: there is no such offer.
  Offer* find(const Help& help) {
    for (Offer& offer : offers_) {
      if (offer.help == &help) return &offer;
    }
    return nullptr;
  }
  // Nobody is in it.
  void remove(const Help& help) {
    offers_.remove_if([&](const Offer& offer) { return offer.help == &help; });
  }

  bool any_ready() const {
    for (const Offer& offer : offers_) {
      if (offer.ready && !offer.withdrawn) return true;
    }
    return false;
  }
  // The next one whose turn it is, which is the last one afterwards; null: none is ready.
  Offer* take_turn() {
    for (auto offer = offers_.begin(); offer != offers_.end(); ++offer) {
      if (!offer->ready || offer->withdrawn) continue;
      offers_.splice(offers_.end(), offers_, offer);
      return &offers_.back();
    }
    return nullptr;
  }

 private:
  std::list<Offer> offers_;  // an offer stays where it is in memory
};

}  // namespace octavo::io

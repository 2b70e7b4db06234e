#pragma once

#include "base/logging.h"
#include "base/result.h"

namespace octavo {

// Says when something that is tried again and again begins to fail, not each time. For one thread.
class Complaint {
 public:
  explicit Complaint(const char* message) : message_(message) {}
  void note(const Status& outcome) {
    if (!outcome && !failing_) log_warning(message_, {{"reason", outcome.error().what}});
    failing_ = !outcome;
  }

 private:
  const char* message_;
  bool failing_ = false;
};

}  // namespace octavo

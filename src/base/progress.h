#pragma once

// A log line every two seconds while something at start takes long, and none when it is quick.
// Confined to one thread.

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace octavo {

class Progress {
 public:
  // `what` names the work ("replaying the log"); `total` is 0 when it is not known.
  Progress(std::string what, std::uint64_t total, Clock& clock = system_clock());
  ~Progress();  // says whether it finished, if anything was said at all
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance_to(std::uint64_t done);
  void advance(std::uint64_t by) { advance_to(done_ + by); }
  // It was done to the end; without this it was given up, or failed.
  void finish() { finished_ = true; }
  unsigned lines() const { return lines_; }

 private:
  void report(const char* message);

  std::string what_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  Clock& clock_;
  std::int64_t started_ns_;
  std::int64_t reported_ns_;
  unsigned lines_ = 0;
  bool finished_ = false;
};

}  // namespace octavo

#pragma once

// What a copy says on standard error: lines that stay, and one that tells how it stands, which is
// overwritten on a terminal and comes once in a while otherwise.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace octavo::mongodb::transfer {

// "1,234,567", "1.2 GiB", "3 min 20 s".
std::string grouped(std::uint64_t number);
std::string size_text(std::uint64_t bytes);
std::string time_text(std::int64_t seconds);

class Report {
 public:
  explicit Report(Clock& clock = system_clock());
  ~Report();
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;

  void say(std::string_view line);
  // At most four times a second on a terminal; elsewhere once a second, and every ten seconds where
  // it says the same.
  void status(const std::string& line);
  std::int64_t now_ns() { return clock_.monotonic_ns(); }

 private:
  void wipe();

  Clock& clock_;
  const bool terminal_;
  bool shown_ = false;  // a status stands on the terminal's last line
  std::string last_;
  std::int64_t told_ns_ = 0;
};

// How far the documents of all collections are.
class CopyProgress {
 public:
  CopyProgress(Report& report, std::uint64_t documents, std::uint64_t bytes)
      : report_(report), documents_(documents), bytes_(bytes), began_ns_(report.now_ns()) {}

  // What an earlier import has copied of it.
  void skip(std::uint64_t documents) { skipped_ += documents; }
  void begin(std::string collection) { collection_ = std::move(collection); }
  void add(std::uint64_t documents, std::uint64_t bytes);
  std::string text() const;
  std::uint64_t documents() const { return done_; }
  std::uint64_t bytes() const { return done_bytes_; }
  std::int64_t seconds() const;

 private:
  Report& report_;
  const std::uint64_t documents_;  // that there are, about
  const std::uint64_t bytes_;
  const std::int64_t began_ns_;
  std::string collection_;
  std::uint64_t skipped_ = 0;
  std::uint64_t done_ = 0;
  std::uint64_t done_bytes_ = 0;
};

}  // namespace octavo::mongodb::transfer

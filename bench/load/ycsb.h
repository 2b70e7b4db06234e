#pragma once

// What the workloads of YCSB (Cooper et al., "Benchmarking cloud serving systems with YCSB", 2010)
// read and write, for any protocol: documents of ten fields of a hundred bytes, keys "user…",
// chosen by a scrambled Zipfian distribution (Gray et al., "Quickly generating billion-record
// synthetic databases", 1994).
//
// The workloads are mixes of the operations below; the read-modify-write of workload F is a read
// and an update, which are sent one by one.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace octavo::load {

struct Share;
struct Plan;

namespace ycsb {

inline constexpr std::string_view kTable = "ycsb";
inline constexpr std::size_t kFields = 10;
inline constexpr std::size_t kFieldBytes = 100;
inline constexpr std::size_t kMostScanned = 100;  // rows of one scan

// Of the rows of dialects.
inline constexpr std::string_view kRead = "ycsb_read";
inline constexpr std::string_view kReadLatest = "ycsb_read_latest";
inline constexpr std::string_view kUpdate = "ycsb_update";
inline constexpr std::string_view kInsert = "ycsb_insert";
inline constexpr std::string_view kScan = "ycsb_scan";

bool is_wanted(const std::vector<Share>& mix);

std::string key(std::uint64_t number);
std::string field_name(std::size_t number);
std::string field_text(Random& random);  // letters and digits

// Numbers below `count`, the least of them most often: of rank r with a share of 1 / r^0.99.
class Zipfian {
 public:
  explicit Zipfian(std::uint64_t count);
  std::uint64_t operator()(Random& random) const;

 private:
  double count_;
  double zeta_;
  double eta_;
};

// The keys that one connection asks for and adds. Those that it adds are of no other connection.
class Keys {
 public:
  Keys(const Plan& plan, std::size_t connection);

  std::string any(Random& random) const;     // popular ones are spread over the order of keys
  std::string latest(Random& random) const;  // the newest are the most popular
  std::string add();

 private:
  std::uint64_t loaded_;
  std::uint64_t connections_;
  std::uint64_t connection_;
  std::uint64_t added_ = 0;
  Zipfian zipfian_;
};

}  // namespace ycsb
}  // namespace octavo::load

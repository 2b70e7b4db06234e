#pragma once

// Which keys of a table somebody listens to. Whoever would have to make a document to tell of a
// change asks first, so that a feed on one key costs the others nothing.
//
// Thread-safe; `wants` takes a short lock unless somebody listens to every key.

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "algebra/plan.h"
#include "base/bytes.h"
#include "base/mutex.h"
#include "value/value.h"

namespace octavo::exec {

class Interests {
 public:
  // A listener's part, as long as it lives.
  class Interest {
   public:
    // The keys that the scan reads; all, where it goes by an index.
    Interest(std::shared_ptr<Interests> all, const algebra::Scan& scan);
    ~Interest();
    Interest(const Interest&) = delete;
    Interest& operator=(const Interest&) = delete;

   private:
    friend class Interests;
    std::shared_ptr<Interests> all_;
    bool every_key_ = false;
    std::vector<value::Value> points_;
    std::vector<std::pair<Bytes, Bytes>> ranges_;  // from, up to and without
  };

  // By encoded key.
  bool wants(BytesView key) const;
  // The keys that are listened to, when they are no ranges; nullopt otherwise.
  std::optional<std::vector<value::Value>> only_points() const;

 private:
  void add(const Interest& interest);
  void remove(const Interest& interest);

  struct Point {
    value::Value key;
    std::uint32_t listeners = 0;
  };

  std::atomic<std::uint32_t> everything_{0};  // listeners to every key
  mutable Mutex mutex_;
  std::map<Bytes, Point, std::less<>> points_ OCTAVO_GUARDED_BY(mutex_);  // by encoded key
  std::map<std::pair<Bytes, Bytes>, std::uint32_t> ranges_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace octavo::exec

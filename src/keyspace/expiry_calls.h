#pragma once

#include <string>

#include "keyspace/keyspace.h"

namespace octavo::keyspace {

// What has expired, as a batch to be committed: what of it has got more time by then stays.
class ExpiryCalls {
 public:
  explicit ExpiryCalls(Expired expired);
  ExpiryCalls(const ExpiryCalls&) = delete;
  ExpiryCalls& operator=(const ExpiryCalls&) = delete;

  bool empty() const { return expired_.empty(); }
  LocalBatch& batch() { return batch_; }

 private:
  const Expired expired_;  // the batch refers to it
  std::string replies_;
  LocalBatch batch_;
};

}  // namespace octavo::keyspace

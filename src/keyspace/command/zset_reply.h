#pragma once

// How members and scores are written: flat in RESP2, as pairs in RESP3.

#include <string_view>

#include "keyspace/reply.h"

namespace octavo::keyspace {

class ScoredReply {
 public:
  ScoredReply(Reply& reply, bool with_scores) : reply_(reply), with_scores_(with_scores) {}

  void header(std::size_t count) {
    reply_.array_header(with_scores_ && !reply_.resp3() ? count * 2 : count);
  }
  void item(std::string_view member, double score) {
    if (with_scores_ && reply_.resp3()) reply_.array_header(2);
    reply_.bulk(member);
    if (with_scores_) reply_.real(score);
  }

 private:
  Reply& reply_;
  bool with_scores_;
};

}  // namespace octavo::keyspace

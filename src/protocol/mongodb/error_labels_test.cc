#include "protocol/mongodb/error_labels.h"

#include <gtest/gtest.h>

namespace octavo::mongodb {
namespace {

using Labels = std::vector<std::string>;

const std::string kTransient = "TransientTransactionError";
const std::string kRetryable = "RetryableWriteError";

TEST(MongodbErrorLabels, SayWhatMayBeTriedAgain) {
  const ErrorPlace statement{.in_transaction = true};
  const ErrorPlace end{.ends_transaction = true};
  const ErrorPlace write{.is_retryable_write = true};
  EXPECT_EQ(error_labels(112, statement), Labels{kTransient});
  EXPECT_EQ(error_labels(112, write), Labels());
  EXPECT_EQ(error_labels(251, end), Labels{kTransient});
  // Perhaps it was committed.
  EXPECT_EQ(error_labels(11600, end), Labels{kRetryable});
  EXPECT_EQ(error_labels(11600, statement), Labels{kTransient});
  EXPECT_EQ(error_labels(11600, write), Labels{kRetryable});
  EXPECT_EQ(error_labels(11600, {}), Labels());
  EXPECT_EQ(error_labels(11000, statement), Labels());
  constexpr ErrorPlace changes{.reads_changes = true};
  for (const std::uint32_t resumable : {6U, 7U, 63U, 89U, 91U, 133U, 150U, 189U, 234U, 262U, 9001U,
                                        10107U, 11600U, 11602U, 13388U, 13435U, 13436U}) {
    EXPECT_EQ(error_labels(resumable, changes), Labels{"ResumableChangeStreamError"}) << resumable;
  }
  EXPECT_EQ(error_labels(50, changes), Labels());
  EXPECT_EQ(error_labels(280, changes), Labels{"NonResumableChangeStreamError"});
  EXPECT_EQ(error_labels(286, {}), Labels{"NonResumableChangeStreamError"});
  EXPECT_EQ(error_labels(267, statement), Labels{kTransient});
}

}  // namespace
}  // namespace octavo::mongodb

#pragma once

// Every size that a client controls has a name here or in the module that owns it.

#include <cstddef>
#include <cstdint>

namespace octavo {

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kMiB = 1024 * kKiB;
constexpr std::size_t kGiB = 1024 * kMiB;

constexpr std::size_t kMaxDocumentBytes = 128 * kMiB;     // one encoded document
constexpr std::size_t kMaxNestingDepth = 500;             // JSON, documents, query terms
constexpr std::size_t kSoftTransactionBytes = 4 * kMiB;   // larger statements are split
constexpr std::size_t kMaxTransactionBytes = 512 * kMiB;  // larger ones are refused
constexpr std::size_t kMaxNameBytes = 127;                // database, table, index and user names

}  // namespace octavo

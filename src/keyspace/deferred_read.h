#pragma once

// Reads that take long, run beside other commands rather than in front of them
// (docs/notes/0013-large-reads.md). A handler that sees how much it would have to read asks
// `CommandContext::defer` first; the batch then stops in front of the call
// (`LocalBatch::deferred`), and its owner runs the call here, on a thread that may compute, and
// goes on with the rest.

#include <cstdint>

#include "base/cancel.h"
#include "keyspace/batch.h"
#include "keyspace/command.h"
#include "keyspace/keyspace.h"

namespace octavo::keyspace {

// A read of more elements than this is deferred: one or two milliseconds of work.
inline constexpr std::uint64_t kDeferAbove = 10'000;

// Whether a call that only reads may have so much to read: by what its keys hold, whatever it asks
// of them. With the keyspace's mutex held.
bool may_be_deferred(const Keyspace& keyspace, const CommandSpec& spec, unsigned db, Args args);

// Runs the call in front of which the batch stopped, and passes it. The reply, in the batch's
// buffer, is what the call's keys held at one moment between begin and end. Takes the keyspace's
// mutex for moments. When cancelled, returns early and with an incomplete reply.
void run_deferred(Keyspace& keyspace, LocalBatch& batch, std::int64_t time_ns, std::uint64_t seed,
                  const CancelToken& token);

}  // namespace octavo::keyspace

#pragma once

// Reading commits back from the log, for feeds that resume.

#include "log/record.h"
#include "txn/sequencer.h"
#include "txn/state_machine.h"

namespace octavo::engine {

// Calls `visit(OpsView, first_op)` for each transaction of a record that committed, in order;
// `first_op` numbers its first operation within the record.
template <class Visit>
Status for_each_committed(const log::RecordView& record, const txn::Sequencer& sequencer,
                          txn::Footprint& footprint, Visit&& visit) {
  if (record.header.kind != log::RecordKind::transactions) return {};
  if (record.payload.size() < txn::kPayloadPrefix || record.payload[0] != txn::kPayloadFormat) {
    return fail(Code::corrupt,
                "The record at " + format_lsn(record.lsn) + " has an unknown format.");
  }
  ByteReader input(record.payload.substr(txn::kPayloadPrefix));
  std::uint32_t first_op = 0;
  for (std::uint32_t i = 0; i < record.header.transaction_count; ++i) {
    TRY(const auto transaction, txn::decode_transaction(input, footprint));
    TRY(const bool committed, sequencer.committed(record.lsn, i));
    if (committed) visit(transaction.ops, first_op);
    first_op += transaction.ops.size();
  }
  return {};
}

}  // namespace octavo::engine

#pragma once

// Looks through the segment files of a directory without changing them, and judges what it finds:
// what is whole, what a power cut or a killed process explains, and what is damage. Recovery acts
// on the judgement, `check` prints it. The rules are in docs/formats/log.md, "Recovery".

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "io/file.h"
#include "log/identity.h"
#include "log/segment.h"

namespace octavo::log {

// The records of one segment from its start up to the first place that is no good record.
struct SegmentScan {
  std::uint64_t end = 0;  // log offset
  std::uint64_t records = 0;
  std::uint64_t transactions = 0;
  std::int64_t last_time_ns = 0;
  bool complete = false;                      // reached the place where the next segment takes over
  RecordFault fault = RecordFault::absent;    // else: what is at `end`
  std::optional<std::uint64_t> later_record;  // a good record after `end`
  std::uint64_t data_end = 0;                 // end of the last byte that is not zero
};

struct SegmentSurvey {
  std::string name;
  std::string path;
  std::uint64_t start = 0;  // by name
  std::uint64_t capacity_end = 0;
  std::shared_ptr<io::File> file;
  Expected<SegmentHeader, SegmentHeaderFault> header;
  std::optional<std::uint64_t> mark;  // nothing if damaged
  std::optional<SegmentScan> scan;    // nothing if not asked for, or without a header
};

struct SurveyOptions {
  // Segments are read through, newest first, until this many bytes; at least the last two, and all
  // that are not known to be on disk. Others are checked when they are read.
  std::uint64_t verify_bytes = ~std::uint64_t{0};
  bool read_only = false;          // files are opened for reading alone
  Clock* clock = &system_clock();  // of the lines that tell how far a long survey is
};

struct Survey {
  std::vector<SegmentSurvey> segments;  // ascending
  std::vector<std::string> other_files;
  std::uint64_t durable = 0;  // everything before this offset reached the disk once
};

Result<Survey> survey_segments(io::FileSystem& files, const std::string& directory,
                               const Identity& identity, const SurveyOptions& options);

struct JudgeOptions {
  // Nothing that was written can have been lost: no power cut since the last process, or it stopped
  // cleanly. Then a hole with good records after it is damage and not an unlucky write order.
  bool strict = true;
  bool cut_damaged_tail = false;
};

struct Verdict {
  std::optional<Error> damage;  // then the rest means nothing
  std::size_t keep = 0;         // so many segments stay, the last of them up to `tail`
  std::uint64_t tail = 0;
  bool cut = false;  // there were bytes after `tail` that are no records
  std::uint64_t cut_bytes = 0;
  RecordFault fault = RecordFault::absent;
};

Verdict judge(const Survey& survey, const Identity& identity, const JudgeOptions& options);

}  // namespace octavo::log

#include "log/survey.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/progress.h"
#include "log/segment_reader.h"

namespace octavo::log {
namespace {

constexpr std::uint64_t kProgressBytes = 4 * kMiB;

Result<SegmentSurvey> look_at(io::FileSystem& files, const std::string& directory,
                              const std::string& name, std::uint64_t start, io::OpenMode mode) {
  SegmentSurvey segment;
  segment.name = name;
  segment.path = io::join_path(directory, name);
  segment.start = start;
  TRY(segment.file, files.open(segment.path, mode));
  TRY(const std::uint64_t size, segment.file->size());
  segment.capacity_end = start + (size > kSegmentHeaderSize ? size - kSegmentHeaderSize : 0);
  Bytes page(kSegmentHeaderSize, '\0');
  TRY_STATUS(segment.file->pread(0, page));
  segment.header = parse_segment_header(page);
  if (segment.header) segment.mark = load_durable_mark(page, *segment.header);
  return segment;
}

// `limit` is where the next segment takes over, or the end of the file.
Result<SegmentScan> scan_segment(const SegmentSurvey& segment, std::uint64_t limit,
                                 Progress& progress) {
  SegmentReader reader(*segment.file, *segment.header);
  const std::uint64_t readable = std::min(limit, segment.capacity_end);
  SegmentScan scan;
  scan.end = segment.start;
  std::uint64_t reported = scan.end;
  while (scan.end < readable) {
    TRY(const auto record, reader.record_at(scan.end, readable));
    if (!record) {
      scan.fault = record.error();
      break;
    }
    scan.end += record->size;
    ++scan.records;
    scan.transactions += record->header.transaction_count;
    scan.last_time_ns = record->header.time_ns;
    if (scan.end - reported >= kProgressBytes) {
      progress.advance(scan.end - reported);
      reported = scan.end;
    }
  }
  scan.complete = scan.end == limit;
  scan.data_end = scan.end;
  if (scan.end < readable) {
    TRY(scan.later_record, reader.find_record(scan.end + kRecordAlignment, readable));
    TRY(scan.data_end, reader.end_of_data(scan.end, readable));
  }
  return scan;
}

// What reading it through takes.
std::uint64_t size_of(const SegmentSurvey& segment, std::uint64_t limit) {
  return std::min(limit, segment.capacity_end) - segment.start;
}

bool header_fits(const SegmentSurvey& segment) {
  return segment.header && segment.header->start == segment.start;
}

std::uint64_t scan_limit(const Survey& survey, std::size_t i) {
  const bool last = i + 1 == survey.segments.size();
  if (last || !header_fits(survey.segments[i + 1])) return survey.segments[i].capacity_end;
  return survey.segments[i + 1].header->previous_end;
}

// The segments to read through, newest first.
std::vector<std::size_t> choose(const Survey& survey, std::uint64_t verify_bytes) {
  std::vector<std::size_t> chosen;
  std::uint64_t bytes = 0;
  for (std::size_t i = survey.segments.size(); i-- > 0;) {
    const SegmentSurvey& segment = survey.segments[i];
    if (!header_fits(segment)) continue;
    const std::uint64_t limit = scan_limit(survey, i);
    const bool next_has_no_header =
        i + 1 < survey.segments.size() && !header_fits(survey.segments[i + 1]);
    const bool must = i + 2 >= survey.segments.size() || limit > survey.durable ||
                      limit > segment.capacity_end || next_has_no_header;
    if (!must && bytes >= verify_bytes) continue;
    chosen.push_back(i);
    bytes += size_of(segment, limit);
  }
  return chosen;
}

Error damage_at(const SegmentSurvey& segment, std::uint64_t offset, std::string_view what) {
  const std::uint64_t in_file = offset - segment.start + kSegmentHeaderSize;
  return {Code::corrupt, fmt::format("log segment \"{}\" is damaged at byte {} (log offset {}): {}",
                                     segment.path, in_file, offset, what)};
}

Error damaged_header(const SegmentSurvey& segment) {
  return {Code::corrupt,
          fmt::format("log segment \"{}\" is damaged at byte 0: its header is not what was written",
                      segment.path)};
}

// Whether a missing or foreign header can be explained by a power cut before the first sync.
bool header_may_be_lost(const SegmentSurvey& segment, std::uint64_t durable,
                        const JudgeOptions& options) {
  const bool never_written =
      !segment.header && segment.header.error() == SegmentHeaderFault::absent;
  return !options.strict && never_written && segment.start >= durable;
}

std::optional<Error> check_belonging(const SegmentSurvey& segment, const Identity& identity) {
  if (segment.header->cluster != identity.cluster ||
      segment.header->generation != identity.generation) {
    return Error{Code::corrupt, fmt::format("log segment \"{}\" belongs to another log: copied "
                                            "into this directory by mistake?",
                                            segment.path)};
  }
  if (!segment.mark) {
    return Error{Code::corrupt, fmt::format("log segment \"{}\" is damaged at byte {}: the durable "
                                            "mark is not what was written",
                                            segment.path, kDurableMarkPlace)};
  }
  return std::nullopt;
}

bool ends_cleanly(const SegmentScan& scan) {
  return scan.fault == RecordFault::absent && !scan.later_record && scan.data_end == scan.end;
}

// What is at the end of the scan of segment `i`, given that it is no good record.
void judge_end(const Survey& survey, std::size_t i, const JudgeOptions& options, Verdict& verdict) {
  const SegmentSurvey& segment = survey.segments[i];
  const SegmentScan& scan = *segment.scan;
  const bool segments_follow = i + 1 < survey.segments.size();
  const bool records_follow = scan.later_record.has_value() || segments_follow;
  const bool was_durable = scan.end < survey.durable;
  if (scan.fault == RecordFault::newer) {  // no tail that was torn: a commit
    verdict.damage = damage_at(segment, scan.end, fault_name(scan.fault));
    return;
  }
  if (was_durable && (records_follow || !options.cut_damaged_tail)) {
    verdict.damage = damage_at(
        segment, scan.end,
        fmt::format("{}, and this place was synced to disk before", fault_name(scan.fault)));
    return;
  }
  if (options.strict && records_follow) {
    verdict.damage = damage_at(segment, scan.end,
                               fmt::format("{}, and good records follow", fault_name(scan.fault)));
    return;
  }
  verdict.keep = i + 1;
  verdict.tail = scan.end;
  verdict.fault = scan.fault;
  verdict.cut = segments_follow || scan.data_end > scan.end;
  verdict.cut_bytes = scan.data_end - scan.end;
}

}  // namespace

Result<Survey> survey_segments(io::FileSystem& files, const std::string& directory,
                               const Identity& identity, const SurveyOptions& options) {
  Survey survey;
  if (identity.clean) survey.durable = identity.tail;
  const auto mode = options.read_only ? io::OpenMode::read : io::OpenMode::read_write;
  TRY(const auto names, files.list(directory));
  for (const std::string& name : names) {
    const auto parsed = parse_segment_name(name);
    if (!parsed) {
      if (name != kIdentityFile && name != kLockFile) survey.other_files.push_back(name);
      continue;
    }
    TRY(auto segment, look_at(files, directory, name, parsed->start, mode));
    if (header_fits(segment) && segment.mark) {
      survey.durable = std::max(survey.durable, *segment.mark);
    }
    survey.segments.push_back(std::move(segment));
  }
  // Names sort by generation first; a second generation is refused by `judge`.
  std::ranges::sort(survey.segments, {}, &SegmentSurvey::start);

  const std::vector<std::size_t> chosen = choose(survey, options.verify_bytes);
  std::uint64_t total = 0;
  for (const std::size_t i : chosen) total += size_of(survey.segments[i], scan_limit(survey, i));
  Progress progress("reading the log", total, *options.clock);
  for (const std::size_t i : chosen) {
    TRY(survey.segments[i].scan, scan_segment(survey.segments[i], scan_limit(survey, i), progress));
  }
  progress.advance_to(total);  // also what no record fills
  progress.finish();
  return survey;
}

Verdict judge(const Survey& survey, const Identity& identity, const JudgeOptions& options) {
  Verdict verdict;
  std::optional<std::uint64_t> position;  // where the segment before ends
  for (std::size_t i = 0; i < survey.segments.size(); ++i) {
    const SegmentSurvey& segment = survey.segments[i];
    if (!header_fits(segment)) {
      if (!header_may_be_lost(segment, survey.durable, options) || !position) {
        verdict.damage = damaged_header(segment);
      } else {
        verdict.cut = true;
      }
      return verdict;  // up to the segment before
    }
    if (auto error = check_belonging(segment, identity)) {
      verdict.damage = std::move(error);
      return verdict;
    }
    if (position && *position != segment.header->previous_end) {
      verdict.damage = Error{Code::corrupt,
                             fmt::format("a log segment is missing before \"{}\": it continues log "
                                         "offset {}, but the one before ends at {}",
                                         segment.path, segment.header->previous_end, *position)};
      return verdict;
    }
    const bool last = i + 1 == survey.segments.size();
    if (!last && header_fits(survey.segments[i + 1]) &&
        segment.capacity_end < survey.segments[i + 1].header->previous_end) {
      verdict.damage =
          Error{Code::corrupt,
                fmt::format("log segment \"{}\" was cut short, or one after it is missing: "
                            "\"{}\" continues log offset {}",
                            segment.path, survey.segments[i + 1].path,
                            survey.segments[i + 1].header->previous_end)};
      return verdict;
    }
    const bool next_has_no_header = !last && !header_fits(survey.segments[i + 1]);
    const bool clean_before_it = next_has_no_header && ends_cleanly(*segment.scan);
    if (segment.scan && !segment.scan->complete && !clean_before_it) {
      judge_end(survey, i, options, verdict);
      return verdict;
    }
    verdict.keep = i + 1;
    verdict.tail = last || segment.scan ? segment.scan->end : scan_limit(survey, i);
    position = verdict.tail;
  }
  // Whole to the end; but is it the end that was there?
  if (verdict.keep > 0 && verdict.tail < survey.durable && !options.cut_damaged_tail) {
    verdict.damage = damage_at(survey.segments[verdict.keep - 1], verdict.tail,
                               "the file ends before records that were synced to disk");
  }
  return verdict;
}

}  // namespace octavo::log

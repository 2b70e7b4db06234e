#include "log/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/lsn_parts.h"
#include "log/identity.h"
#include "log/recovery.h"
#include "log/survey.h"

namespace octavo::log {
namespace {

SegmentReport report_segment(const SegmentSurvey& segment, std::uint16_t generation) {
  SegmentReport report;
  report.file = segment.path;
  report.first = report.last = lsn_at(generation, segment.start);
  if (!segment.header) {
    const bool absent = segment.header.error() == SegmentHeaderFault::absent;
    report.errors.push_back(absent ? "byte 0: no header" : "byte 0: damaged header");
    return report;
  }
  if (segment.header->start != segment.start) {
    report.errors.push_back("byte 0: the header is that of another file");
    return report;
  }
  if (!segment.mark) {
    report.errors.push_back(fmt::format("byte {}: damaged durable mark", kDurableMarkPlace));
  }
  if (!segment.scan) return report;
  const SegmentScan& scan = *segment.scan;
  report.last = lsn_at(generation, scan.end);
  report.records = scan.records;
  report.transactions = scan.transactions;
  const bool leftover = scan.fault != RecordFault::absent || scan.later_record.has_value();
  if (!scan.complete && leftover) {
    report.errors.push_back(fmt::format(
        "byte {} (log offset {}): {}{}", scan.end - segment.start + kSegmentHeaderSize, scan.end,
        fault_name(scan.fault), scan.later_record ? ", good records follow" : ""));
  }
  return report;
}

void note_cut(const Verdict& verdict, const Survey& survey, CheckReport& report) {
  const std::string& file = report.segments[verdict.keep - 1].file;
  report.notes.push_back(
      fmt::format("the next start will cut the log at offset {} in \"{}\": {} "
                  "bytes there were never confirmed as durable",
                  verdict.tail, file, verdict.cut_bytes));
  for (std::size_t i = verdict.keep; i < survey.segments.size(); ++i) {
    report.notes.push_back(
        fmt::format("the next start will remove \"{}\"", survey.segments[i].path));
  }
  // What a power cut explains is no error.
  for (std::size_t i = verdict.keep - 1; i < report.segments.size(); ++i) {
    report.segments[i].errors.clear();
  }
}

}  // namespace

bool CheckReport::ok() const {
  return errors.empty() &&
         std::ranges::all_of(segments, [](const auto& segment) { return segment.errors.empty(); });
}

Result<CheckReport> check_log(io::FileSystem& files, const std::string& directory) {
  TRY(const bool exists, files.exists(io::join_path(directory, kIdentityFile)));
  if (!exists) {
    if (Status none = expect_no_segments(files, directory);
        !none && none.error().code == Code::corrupt) {
      return fail(std::move(none).error());
    }
    return fail(Code::not_found, fmt::format("there is no log in \"{}\"", directory));
  }
  TRY(const auto lock, files.lock(io::join_path(directory, kLockFile)));

  CheckReport report;
  const auto identity = read_identity(files, directory);
  if (!identity) {
    report.errors.push_back(identity.error().what);
    return report;
  }
  TRY(const Survey survey, survey_segments(files, directory, *identity, {.read_only = true}));
  for (const SegmentSurvey& segment : survey.segments) {
    report.segments.push_back(report_segment(segment, identity->generation));
    report.end = std::max(report.end, report.segments.back().last);
  }
  if (!report.segments.empty()) {
    report.head = report.segments.front().first;
    report.complete = offset_of(report.head) == kFirstOffset;
  }
  for (const std::string& name : survey.other_files) {
    report.notes.push_back(fmt::format("\"{}\" is no part of the log", name));
  }
  if (identity->incarnation == 0) return report;
  if (survey.segments.empty()) {
    report.errors.push_back(fmt::format("the log segments are missing from \"{}\"", directory));
    return report;
  }
  const Verdict verdict = judge(survey, *identity, {.strict = nothing_lost(*identity, files)});
  if (verdict.damage) {
    report.errors.push_back(verdict.damage->what);
  } else if (verdict.cut) {
    note_cut(verdict, survey, report);
  }
  return report;
}

}  // namespace octavo::log

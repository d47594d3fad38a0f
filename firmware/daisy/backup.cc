#include "firmware/daisy/backup.h"

#include "firmware/daisy/registers.h"

namespace tombola {
namespace {

constexpr uint32_t kMagic = 0x4b434254;  // "TBCK": it is not power-on noise
constexpr int kFaultWords = sizeof(FaultRecord) / sizeof(uint32_t);

// It has an error correction over words, and so is written in words only.
struct Backup {
  Register magic;
  Register boots;
  Register fault[kFaultWords];
};

Backup& backup() { return At<Backup>(0x38800000); }

}  // namespace

uint32_t CountBoot() {
  rcc().ahb4enr |= kRccAhb4BkpRam;
  (void)rcc().ahb4enr;
  pwr().cr1 |= kPwrCr1Dbp;
  if (backup().magic != kMagic) {
    backup().boots = 0;
    for (Register& word : backup().fault) word = 0;
    backup().magic = kMagic;
  }
  backup().boots = backup().boots + 1;
  DataSyncBarrier();
  return backup().boots;
}

FaultRecord LastFault() {
  FaultRecord record;
  auto* words = reinterpret_cast<uint32_t*>(&record);
  for (int i = 0; i < kFaultWords; ++i) words[i] = backup().fault[i];
  return record;
}

void KeepFault(const FaultRecord& record) {
  const auto* words = reinterpret_cast<const uint32_t*>(&record);
  for (int i = 0; i < kFaultWords; ++i) backup().fault[i] = words[i];
  DataSyncBarrier();
}

}  // namespace tombola

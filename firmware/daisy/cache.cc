#include "firmware/daisy/cache.h"

#include "firmware/daisy/registers.h"

namespace tombola {
namespace {

// DDI 0403 B3.5.9, MPU_RASR. SIZE n is a region of 2^(n + 1) bytes.
constexpr uint32_t kNoExecution = Bit(28);
constexpr uint32_t kReadWrite = Field(3, 24);
constexpr uint32_t kReadOnly = Field(6, 24);
constexpr uint32_t kNormalUncached = Field(1, 19) | Bit(18);  // TEX 1, shared
constexpr uint32_t kRegionEnable = Bit(0);

// Regions with a higher number go before those with a lower one.
constexpr uint32_t kFlashWindow = 2;

void SetRegion(uint32_t number, uint32_t base, uint32_t attributes) {
  mpu().rnr = number;
  mpu().rbar = base;
  mpu().rasr = attributes;
}

void Settle() {
  DataSyncBarrier();
  InstructionSyncBarrier();
}

void InitMpu() {
  mpu().ctrl = 0;
  // Nothing answers between 0x60000000 and 0xDFFFFFFF, but for the flash chip
  // at times, and the core may read ahead there (ST AN4838). Of the 4 GB
  // region, the eighths 0, 1, 2 and 7 are left to the default map.
  SetRegion(0, 0, kNoExecution | Field(0x87, 8) | Field(31, 1) | kRegionEnable);
  // The first 32 KB of D2 SRAM: DMA reads and writes behind the cache's back.
  SetRegion(1, 0x30000000,
            kNoExecution | kReadWrite | kNormalUncached | Field(14, 1) |
                kRegionEnable);
  // Backup SRAM: what is written there has to be there at a reset.
  SetRegion(3, 0x38800000,
            kNoExecution | kReadWrite | kNormalUncached | Field(11, 1) |
                kRegionEnable);
  mpu().ctrl = kMpuCtrlEnable | kMpuCtrlDefaultMap;
  Settle();
}

void EnableInstructionCache() {
  iciallu() = 0;
  Settle();
  scb().ccr |= kCcrInstructionCache;
  Settle();
}

// After a reset the lines hold anything, so each is invalidated by set and way
// (DDI 0489 5.3): 16 KB in 4 ways of 128 sets of 32 bytes (DS12556 3.1).
void EnableDataCache() {
  csselr() = 0;
  DataSyncBarrier();
  for (uint32_t set = 0; set < 128; ++set) {
    for (uint32_t way = 0; way < 4; ++way) {
      dcisw() = Field(way, 30) | Field(set, 5);
    }
  }
  DataSyncBarrier();
  scb().ccr |= kCcrDataCache;
  Settle();
}

}  // namespace

void InitCache() {
  InitMpu();
  EnableInstructionCache();
  EnableDataCache();
}

void OpenFlashWindow() {
  SetRegion(kFlashWindow, 0x90000000,
            kNoExecution | kReadOnly | kNormalUncached | Field(22, 1) |
                kRegionEnable);
  Settle();
}

void CloseFlashWindow() {
  // What is still being read comes first.
  DataSyncBarrier();
  SetRegion(kFlashWindow, 0x90000000, 0);
  Settle();
}

}  // namespace tombola

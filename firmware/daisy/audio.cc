#include "firmware/daisy/audio.h"

#include "firmware/daisy/cycles.h"
#include "firmware/daisy/dma.h"
#include "firmware/daisy/gpio.h"
#include "firmware/daisy/interrupts.h"
#include "firmware/daisy/registers.h"
#include "firmware/daisy/wait.h"
#include "firmware/generated/sound.h"

namespace tombola {
namespace {

constexpr int kTransmitStream = 0;
constexpr int kReceiveStream = 1;
constexpr int kWords = 2 * kBlock;  // of a half: a block of stereo samples

[[gnu::section(".dma")]] volatile int32_t transmitted[2][kWords];
[[gnu::section(".dma")]] volatile int32_t received[2][kWords];

AudioCallback on_block = nullptr;
uint32_t late_blocks = 0;
volatile uint32_t cycles = 0;   // in the interrupt
volatile bool started = false;  // a block came

// RM0433, SAI_xFRCR and SAI_xSLOTR: a frame of 64 bits, its first half marked
// by a high FS that rises with the first bit (left-justified); two slots of 32
// bits, 24 of which are used.
constexpr uint32_t kFrame64 =
    Field(63, 0) | Field(31, 8) | kSaiFrcrFsDef | kSaiFrcrFsPol;
constexpr uint32_t kTwoSlots = Field(2, 6) | Field(1, 8) | Field(3, 16);

// The master divides 49.17 MHz by 4 for the codec's clock, 256 times the sample
// rate. Data change on the bit clock's falling edge and are read on the rising.
void SetUpBlock(SaiBlock& block, uint32_t mode) {
  const bool master =
      mode == kSaiCr1MasterTransmit || mode == kSaiCr1MasterReceive;
  block.cr1 = mode | kSaiCr1Ds24 | kSaiCr1CkStr |
              (master ? Field(4, kSaiCr1McKDiv) : kSaiCr1SyncInternal);
  block.cr2 = kSaiCr2Flush;  // and a DMA request for each word
  block.frcr = kFrame64;
  block.slotr = kTwoSlots;
  block.clrfr = kSaiClrfrAll;
}

int32_t ExtendSign(int32_t word) {
  return static_cast<int32_t>(static_cast<uint32_t>(word) << 8) >> 8;
}

void SetUpPins() {
  constexpr int kSai1Function = 6;  // DS12556, alternate functions of port E
  for (int number = 2; number <= 6; ++number) {
    MakeAlternate({'E', number, -1, false}, kSai1Function);
  }
}

bool StartStreams(SaiBlock& transmitter, SaiBlock& receiver) {
  const bool a_transmits = &transmitter == &sai1_a();
  const DmaTransfer transmit = {
      kTransmitStream,
      a_transmits ? kRequestSai1A : kRequestSai1B,
      reinterpret_cast<uint32_t>(&transmitter.dr),
      reinterpret_cast<uint32_t>(&transmitted),
      2 * kWords,
      kDmaCrFromMemory | kDmaCrWords | kDmaCrPriorityHigh};
  const DmaTransfer receive = {
      kReceiveStream,
      a_transmits ? kRequestSai1B : kRequestSai1A,
      reinterpret_cast<uint32_t>(&receiver.dr),
      reinterpret_cast<uint32_t>(&received),
      2 * kWords,
      kDmaCrWords | kDmaCrPriorityHigh | kDmaCrHtie | kDmaCrTcie};
  return StartDma(receive) && StartDma(transmit);
}

// The first comes after a millisecond, if the audio clock and DMA run at all.
bool WaitForBlock() {
  for (uint32_t i = 0; i < kLongestWait && !started; ++i) DelayMicroseconds(1);
  return started;
}

}  // namespace

Error StartAudio(Board board, AudioCallback callback) {
  const bool a_transmits = board != Board::kWm8731;
  SaiBlock& transmitter = a_transmits ? sai1_a() : sai1_b();
  SaiBlock& receiver = a_transmits ? sai1_b() : sai1_a();
  on_block = callback;
  InitCycles();
  SilenceAudio();
  SetUpPins();
  rcc().apb2enr |= kRccApb2Sai1;
  (void)rcc().apb2enr;
  SetUpBlock(sai1_a(),
             a_transmits ? kSaiCr1MasterTransmit : kSaiCr1MasterReceive);
  SetUpBlock(sai1_b(),
             a_transmits ? kSaiCr1SlaveReceive : kSaiCr1SlaveTransmit);
  if (!StartStreams(transmitter, receiver)) return Error::kAudio;
  EnableInterrupt(kReceiveInterrupt, kAudioPriority);
  receiver.cr1 |= kSaiCr1DmaEn;
  transmitter.cr1 |= kSaiCr1DmaEn;
  // The first word has to be there when the clock starts, or the transmitter
  // underruns and swaps left and right.
  for (uint32_t i = 0; (transmitter.sr & kSaiSrFlvlMask) == 0; ++i) {
    if (i == kLongestWait) return Error::kAudio;
    DelayMicroseconds(1);
  }
  // RM0433 chapter 51: the slave is enabled before the master.
  sai1_b().cr1 |= kSaiCr1SaiEn;
  sai1_a().cr1 |= kSaiCr1SaiEn;
  return WaitForBlock() ? Error::kNone : Error::kAudio;
}

uint32_t LateBlocks() { return late_blocks; }

uint32_t AudioCycles() { return cycles; }

void SilenceAudio() {
  for (auto& half : transmitted) {
    for (volatile int32_t& word : half) word = 0;
  }
}

extern "C" void OnReceived() {
  const uint32_t begin = CycleCount();
  const uint32_t flags = dma1_lisr() & (kDmaLisrHtif1 | kDmaLisrTcif1);
  dma1_lifcr() = flags;  // in the same places; one that comes now stays
  if (flags == 0) return;
  started = true;
  const int half = (flags & kDmaLisrTcif1) != 0 ? 1 : 0;
  static int32_t samples[kWords];
  for (int i = 0; i < kWords; ++i) samples[i] = ExtendSign(received[half][i]);
  on_block(samples, samples);
  for (int i = 0; i < kWords; ++i) transmitted[half][i] = samples[i];
  if ((dma1_lisr() & (kDmaLisrHtif1 | kDmaLisrTcif1)) != 0) ++late_blocks;
  cycles = cycles + (CycleCount() - begin);
}

}  // namespace tombola

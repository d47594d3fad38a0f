#include "firmware/daisy/adc.h"

#include "firmware/daisy/dma.h"
#include "firmware/daisy/gpio.h"
#include "firmware/daisy/registers.h"
#include "firmware/daisy/wait.h"

namespace tombola {
namespace {

constexpr uint32_t kChannels = kCvCount + 1;

[[gnu::section(".dma")]] volatile uint16_t adc_words[kChannels];

constexpr const Pin& ChannelPin(uint32_t rank) {
  return rank < kCvCount ? kCvPins[rank] : kKnobPin[0];
}

// RM0433, ADC_CR: out of deep power down, regulator on, and 10 us
// (T_ADCVREG_STUP of DS12556) until it is. The clock of 24.58 MHz is halved
// inside revision V, where BOOST 1 is for 6.25..12.5 MHz; on revision Y it is
// not, and bit 0 of BOOST is for more than 20 MHz.
bool Calibrate() {
  adc1().cr = 0;
  adc1().cr = kAdcCrAdVregEn | kAdcCrBoost1;
  DelayMicroseconds(10);
  // Offset and linearity. Without it whole ranges of codes are missing.
  adc1().cr |= kAdcCrAdCalLin | kAdcCrAdCal;
  return WaitFor(adc1().cr, kAdcCrAdCal, 0);
}

// 64.5 clocks (5.2 us) of sampling let the multiplexer's 5 kOhm settle to 16
// bits. With the 8.5 clocks of a 16-bit conversion, 16 readings of 7 channels
// take 665 us at 12.3 MHz (revision V).
void SetUpChannels() {
  constexpr uint32_t kSampling64 = 5;
  uint32_t sampling[2] = {0, 0};
  uint32_t sequence[2] = {kChannels - 1, 0};  // SQR1.L is the length less one
  uint32_t preselect = 0;
  for (uint32_t rank = 0; rank < kChannels; ++rank) {
    const Pin& pin = ChannelPin(rank);
    const uint32_t channel = static_cast<uint32_t>(pin.adc);
    MakeAnalog(pin);
    preselect |= Bit(pin.adc);
    sampling[channel / 10] |= kSampling64 << 3 * (channel % 10);
    // SQR1 has ranks 1 to 4 above its length, SQR2 the next five.
    sequence[(rank + 1) / 5] |= channel << 6 * ((rank + 1) % 5);
  }
  adc1().pcsel = preselect;
  adc1().smpr1 = sampling[0];
  adc1().smpr2 = sampling[1];
  adc1().sqr1 = sequence[0];
  adc1().sqr2 = sequence[1];
}

static_assert(kChannels <= 9, "SQR1 and SQR2 hold nine ranks");

}  // namespace

Error InitAdc() {
  constexpr uint32_t kReadings = 16;
  constexpr uint32_t kShift = 4;  // the mean of the readings
  rcc().ahb1enr |= kRccAhb1Adc12;
  (void)rcc().ahb1enr;
  adc12_ccr() = 0;  // ADC1 alone, on its own clock, undivided
  if (!Calibrate()) return Error::kConverter;
  adc1().isr = kAdcIsrAdRdy;
  adc1().cr |= kAdcCrAdEn;
  if (!WaitFor(adc1().isr, kAdcIsrAdRdy, kAdcIsrAdRdy)) {
    return Error::kConverter;
  }
  // 16 bits, started by software, one scan at a time. After an overrun the new
  // word counts, so that a lost one does not stop the ADC.
  adc1().cfgr = kAdcCfgrDmaCircular | kAdcCfgrOvrMod;
  adc1().cfgr2 = kAdcCfgr2RovsE | Field(kShift, kAdcCfgr2Ovss) |
                 Field(kReadings - 1, kAdcCfgr2Osvr);
  SetUpChannels();
  const DmaTransfer transfer = {2,
                                kRequestAdc1,
                                reinterpret_cast<uint32_t>(&adc1().dr),
                                reinterpret_cast<uint32_t>(&adc_words),
                                kChannels,
                                kDmaCrHalfWords};
  return StartDma(transfer) && StartAdcScan() ? Error::kNone
                                              : Error::kConverter;
}

AdcWords ReadAdc() {
  AdcWords words;
  for (uint32_t i = 0; i < kCvCount; ++i) words.cv[i] = adc_words[i];
  words.knob = adc_words[kCvCount];
  return words;
}

bool StartAdcScan() {
  if ((adc1().cr & kAdcCrAdStart) != 0) return false;
  adc1().cr |= kAdcCrAdStart;
  return true;
}

}  // namespace tombola

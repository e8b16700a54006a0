//! STIX's `confidence` (0 to 100) and the scales of Appendix A of STIX 2.1: every conversion stands here.
//!
//! STIX has one number for two things. On an `attributed-to` it is how probable the relation is, by the scale of
//! ODNI (ICD 203); on other objects how good the basis is, by "Low / Med / High" or the Admiralty code.

use tegakari_model::{Confidence, Credibility, Likelihood};

/// The number that stands for ICD 203's words in the DNI scale. Not the percentage itself: a receiver turns the number
/// back into words, and where STIX's bands and those of ICD 203 differ (94 % is "very likely" there and would be
/// "almost certain" here), the words must come out the same.
pub fn of_likelihood(likelihood: Likelihood) -> u8 {
    match likelihood {
        Likelihood::AlmostNoChance => 5,
        Likelihood::VeryUnlikely => 15,
        Likelihood::Unlikely => 30,
        Likelihood::RoughlyEvenChance => 50,
        Likelihood::Likely => 70,
        Likelihood::VeryLikely => 85,
        Likelihood::AlmostCertain => 95,
    }
}

/// The words that the DNI scale gives a number; more than 100 is as 100.
pub fn likelihood_of(confidence: u8) -> Likelihood {
    match confidence {
        0..=9 => Likelihood::AlmostNoChance,
        10..=19 => Likelihood::VeryUnlikely,
        20..=39 => Likelihood::Unlikely,
        40..=59 => Likelihood::RoughlyEvenChance,
        60..=79 => Likelihood::Likely,
        80..=89 => Likelihood::VeryLikely,
        _ => Likelihood::AlmostCertain,
    }
}

/// The number for "Low / Med / High".
pub fn of_confidence(confidence: Confidence) -> u8 {
    match confidence {
        Confidence::Low => 15,
        Confidence::Moderate => 50,
        Confidence::High => 85,
    }
}

/// "Low / Med / High" of a number; `None` for 0, which stands for "None" there.
pub fn confidence_of(confidence: u8) -> Option<Confidence> {
    match confidence {
        0 => None,
        1..=29 => Some(Confidence::Low),
        30..=69 => Some(Confidence::Moderate),
        _ => Some(Confidence::High),
    }
}

/// The number for a credibility of the Admiralty code; `None` for 6, "cannot be judged".
pub fn of_credibility(credibility: Credibility) -> Option<u8> {
    match credibility.grade() {
        1 => Some(90),
        2 => Some(70),
        3 => Some(50),
        4 => Some(30),
        5 => Some(10),
        _ => None,
    }
}

/// The credibility of a number.
pub fn credibility_of(confidence: u8) -> Option<Credibility> {
    Credibility::new(match confidence {
        0..=19 => 5,
        20..=39 => 4,
        40..=59 => 3,
        60..=79 => 2,
        _ => 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_appendix_a() {
        // Checked against `stix2.confidence.scales` of the OASIS reference library.
        use Likelihood as L;
        let words = [
            (L::AlmostNoChance, 5, [0, 9]),
            (L::VeryUnlikely, 15, [10, 19]),
            (L::Unlikely, 30, [20, 39]),
            (L::RoughlyEvenChance, 50, [40, 59]),
            (L::Likely, 70, [60, 79]),
            (L::VeryLikely, 85, [80, 89]),
            (L::AlmostCertain, 95, [90, 100]),
        ];
        for (word, number, band) in words {
            assert_eq!(of_likelihood(word), number);
            assert!(band.iter().all(|n| likelihood_of(*n) == word), "{word:?}");
            assert_eq!(likelihood_of(of_likelihood(word)), word);
        }
        let levels = [
            (Confidence::Low, 15, [1, 29]),
            (Confidence::Moderate, 50, [30, 69]),
            (Confidence::High, 85, [70, 100]),
        ];
        for (level, number, band) in levels {
            assert_eq!(of_confidence(level), number);
            assert!(band.iter().all(|n| confidence_of(*n) == Some(level)));
        }
        assert_eq!(confidence_of(0), None);
        for (grade, number) in [
            (1, Some(90)),
            (2, Some(70)),
            (3, Some(50)),
            (4, Some(30)),
            (5, Some(10)),
            (6, None),
        ] {
            let grade = Credibility::new(grade).unwrap();
            assert_eq!(of_credibility(grade), number);
            if let Some(number) = number {
                assert_eq!(credibility_of(number), Some(grade));
            }
        }
        assert_eq!(credibility_of(19).map(Credibility::grade), Some(5));
        assert_eq!(credibility_of(80).map(Credibility::grade), Some(1));
    }
}

"""A small complete pack that the tests of this folder change to make one mistake at a time."""

SMALL_PACK = """\
schema: impactbook/framework/1
id: small
version: 1.0.0
as_of: 2026-11-23
title: {de: Klein, en: Small}
description: {de: Ein kleines Paket., en: A small pack.}
sources:
  - {id: handbook, title: Handbook, citation: part 4, confidence: H}
groups:
  - {id: care, kind: principle, title: {de: Sorgfalt, en: Care}, aim: {de: Gut., en: Good.}}
  - {id: work, kind: strategy, title: {de: Arbeit, en: Work}, aim: {de: Fair., en: Fair.}}
scales:
  simple:
    - {id: good, label: {de: Gut, en: Good}, meaning: {de: Ist so., en: It is.}, effect: none}
    - {id: bad, label: {de: Schlecht, en: Bad}, meaning: {de: Fehlt., en: It is not.}, effect: blocks}
bullets:
  - {id: listen, group: care, text: {de: Zuhören, en: Listen}}
  - {id: speak, group: care, text: {de: Sprechen, en: Speak}}
  - {id: rest, group: work, text: {de: Pausen, en: Breaks}}
questions:
  - id: care-one
    group: care
    title: {de: Eins, en: One}
    question: {de: Hört jemand zu?, en: Does anyone listen?}
    why: {de: Darum., en: Because.}
    good_evidence: {de: Ein Beleg., en: A proof.}
    example: {de: Ein Beispiel., en: An example.}
    scale: simple
    covers: [listen]
    sources: [handbook]
    effect_unanswered: blocks
    asks: [owner]
  - id: care-voice
    group: care
    title: {de: Stimme, en: Voice}
    question: {de: Ist es laut?, en: Is it loud?}
    why: {de: Darum., en: Because.}
    good_evidence: {de: Ein Beleg., en: A proof.}
    example: {de: Ein Beispiel., en: An example.}
    scale: simple
    applies: {channels: [voice]}
    covers: [listen, speak]
    sources: [handbook]
    effect_unanswered: informs
    asks: [owner]
  - id: work-one
    group: work
    title: {de: Pausen, en: Breaks}
    question: {de: Gibt es Pausen?, en: Are there breaks?}
    why: {de: Darum., en: Because.}
    good_evidence: {de: Ein Beleg., en: A proof.}
    example: {de: Ein Beispiel., en: An example.}
    scale: simple
    covers: [rest, "ai-act:26(7)"]
    sources: [handbook]
    effect_unanswered: conditions
    asks: [works-council]
    legal_note:
      text: {de: Das Gesetz., en: The law.}
      sources: [handbook]
      confidence: M
      status: not-yet-applicable
      applies_from: 2027-12-02
"""

"""Formulas of queues, caseloads and staffing that know no scenario."""

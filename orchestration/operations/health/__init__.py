"""Assess the warehouse's health in parts, each with advice."""

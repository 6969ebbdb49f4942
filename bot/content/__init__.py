"""Reads and checks content/, which holds every word that people read and the facts behind it.

This package imports no other package in bot.
"""
